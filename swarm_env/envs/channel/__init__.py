"""What agents can say and hear: kinds of messages, actions that hold them, texts, who hears whom."""
