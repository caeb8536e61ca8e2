"""Paper 003's networks, losses and adversarial training, shared by the method `adversarial_flow` and the one-class experiment."""
