return MnistAdder.Scoring.Cli.CommandLine.Run(args, Console.Out, Console.Error);
