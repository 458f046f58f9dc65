# R9a: whose words the question of a service outside is in.
question-from-remote = { $name } asks:
