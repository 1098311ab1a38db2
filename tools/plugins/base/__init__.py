"""The base of the project's Pulumi plugins: the engine's protocol on one side, plain Python on the other.

Reads: nothing.
Makes: what a plugin package is written with. In short:

    tools/plugins/NAME/__init__.py    def provider() -> Provider    (imports only what every run needs)
    tools/plugins/NAME/...            class Thing(Resource): check, diff, create, update, delete (read has a default)

- `values`: properties are plain dicts with Pulumi's camel case names; `Secret(...)`, `UNKNOWN`, `Asset`, `Archive`,
  `ResourceReference` mark what the engine marks; `reveal` takes secret marks off; `same`, `has_unknown`, `has_secret`
  answer questions about values that may carry such marks.
- `resource`: `Provider` (tokens to resources and functions, configuration) and `Resource` with the request and the
  answer of each step. `provider.engine.log(...)` talks to the user, `provider.engine.cancelled` says that they gave up.
- `diff`: `detailed(old, new, replace)` compares leaf by leaf and gives the changes of a `Difference`, by path.
- `errors`: raise `PluginError` to fail a step, `ResourceInitError` for a resource that exists but is not ready; return
  `CheckFailure` for wrong inputs.
- `wire`, `service`, `server`, `engine`, `main`: the process; a plugin does not call them.

Import heavy libraries inside the functions that use them: four plugins start for each run of the engine.
"""
