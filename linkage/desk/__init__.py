"""The desk: one country's investigators work on their linked cases. It holds no encoding key and no value of another country."""
