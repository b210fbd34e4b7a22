"""What an encoder gives: posteriors."""
