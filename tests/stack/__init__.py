"""Tests of the containers. A package, so that one stack serves them all."""
