"""Stage 6: machines. One room per platform, each answering the same questions under the same file names."""
