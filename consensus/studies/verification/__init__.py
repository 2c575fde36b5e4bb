"""What verifiers observe of honest work and of fraud, measured on the study's models."""
