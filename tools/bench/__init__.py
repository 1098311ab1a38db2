"""`make bench`: one table of times with the facts of this machine.

    rendering   the files of a cluster without the engine
    engine      `up` and an unchanged preview of one cluster's assets, beside an empty program
    platforms   the import of the package, a preview of AWS' example with plugins that record
    clusters    10 and 50 clusters as parallel stacks, 10 in one program
    fifty       50 clusters in one program; not unless asked for, as it takes many minutes
    local       machines: from their start to a Ready node, and a worker that joins; as root on Linux

`measure` holds what every part uses: a clock and the table.
"""
