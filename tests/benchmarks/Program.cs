using System.CommandLine;
using MnistAdder.Benchmarks;
using MnistAdder.Benchmarks.Endurance;
using MnistAdder.Benchmarks.Fuzzing;
using MnistAdder.Benchmarks.Scoring;

var root = new RootCommand("Measures what the README states. Run nothing else on the machine meanwhile.");
root.Subcommands.Add(TrainingBenchmark.Create());
root.Subcommands.Add(AccuracyBenchmark.Create());
root.Subcommands.Add(ScoringBenchmark.Create());
root.Subcommands.Add(EnumerationsBenchmark.Create());
root.Subcommands.Add(InferenceBenchmark.Create());
root.Subcommands.Add(GrowthMeasurement.Create());
root.Subcommands.Add(FaultsCommand.Create());
root.Subcommands.Add(SoakCommand.Create());
root.Subcommands.Add(FuzzCommand.Create());
root.Subcommands.Add(FuzzProcess.Create());
return await root.Parse(args).InvokeAsync();
