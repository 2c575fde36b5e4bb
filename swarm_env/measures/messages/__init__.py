"""What messages say and what they are worth: information, influence by branching, form, reach."""
