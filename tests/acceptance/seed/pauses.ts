const script = "Welcome to our demo. <break time=\"1s\"/> Let me show you the features.";
