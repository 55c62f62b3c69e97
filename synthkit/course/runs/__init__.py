"""The runs that lessons show and no technique needs: each returns a Trace for the player."""
