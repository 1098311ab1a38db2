"""When an object counts as ready: pure rules over live objects, by kind."""
