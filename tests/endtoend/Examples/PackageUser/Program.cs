// Three ways to use the package MnistAdder.Serving in a program of one's own; the README shows their bodies.
string model = args[0], picture = args[1];
Embedding.SinglePrediction(model, picture);
Embedding.PipelineOfOnesOwn(model, picture);
Embedding.DependencyInjection(model, picture);
