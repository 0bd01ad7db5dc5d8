"""What is on disk and must survive kills, full disks and broken ones."""
