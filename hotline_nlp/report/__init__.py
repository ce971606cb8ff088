"""The month's bulletin (运行情况通报): every figure counted from the tickets, written as a document."""
