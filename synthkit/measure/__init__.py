"""Measures: functions of tables that judge a synthetic one; they know no technique."""
