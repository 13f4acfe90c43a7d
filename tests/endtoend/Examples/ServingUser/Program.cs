// Three ways to use the package MnistAdder.Serving in a program of one's own; its README and that of the repository show their bodies.
string model = args[0], image = args[1];
Embedding.SinglePrediction(model, image);
Embedding.PipelineOfOnesOwn(model, image);
Embedding.DependencyInjection(model, image);
