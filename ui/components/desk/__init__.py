"""The mixing desk: strengths of concepts on one picture and on many."""
