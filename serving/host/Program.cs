using System.CommandLine;
using System.CommandLine.Invocation;
using MnistAdder;
using MnistAdder.Scoring.Cli;

var root = new RootCommand("Reads handwritten digits and adds numbers to them, with a model that the training host made.");
root.Subcommands.Add(ScoreCommand.Create());
root.Subcommands.Add(InfoCommand.Create());

ParseResult parsed = root.Parse(args);
if (parsed.Action is ParseErrorAction)
{
    // One line is enough, and the first mistake is the one that others follow from.
    Console.Error.WriteLine($"error: {parsed.Errors[0].Message} (--help lists the options)");
    return ExitCodes.Failed;
}

// Signals are handled by the commands, which leave no half-written file.
return parsed.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
