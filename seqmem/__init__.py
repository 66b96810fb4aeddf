"""Find out what recurrent networks can remember."""
