"""What Replicate was seen to say of deployments and models, and what follows for charges."""
