using System.CommandLine;
using MnistAdder.Benchmarks;

var root = new RootCommand("Measures what the README states. Run nothing else on the machine meanwhile.");
root.Subcommands.Add(TrainingBenchmark.Create());
root.Subcommands.Add(AccuracyBenchmark.Create());
return await root.Parse(args).InvokeAsync();
