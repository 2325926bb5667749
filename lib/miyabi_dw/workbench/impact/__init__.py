"""Does working with agents help? What is compared, what it says, and when it says nothing."""
