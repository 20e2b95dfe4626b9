"""Sources for published kinds of models, by the classes of diffusers and transformers. A family imports both when it is used."""
