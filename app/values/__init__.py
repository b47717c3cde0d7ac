"""What flows through Allmende: frozen values, and the ports between the steps."""
