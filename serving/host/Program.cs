return await MnistAdder.Scoring.Cli.CommandLine.RunAsync(args, Console.Out, Console.Error);
