"""Tests of one cluster of three controllers; a package, so that the cluster is gone when they have ended."""
