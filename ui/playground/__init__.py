"""The playground's cards."""
