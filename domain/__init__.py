"""What a task is and who may touch it. Standard library only."""
