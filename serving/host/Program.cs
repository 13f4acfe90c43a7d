using MnistAdder.Commands;
using MnistAdder.Scoring.Cli;

return await CommandRunner.RunAsync(CommandLine.Create, args, CommandLine.Explain, files: 80);
