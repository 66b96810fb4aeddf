"""The compiled engine: whole training steps in one call, a sequence a lane."""
