"""Parts of answers: thoughts and quotations, JSON objects, words for actions, decisions in prose."""
