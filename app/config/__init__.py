"""How the parts are put together: settings, routing, the two application objects."""
