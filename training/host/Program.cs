using System.CommandLine;
using System.CommandLine.Invocation;
using MnistAdder.Commands;
using MnistAdder.Training.Devices;
using MnistAdder.TrainingHost.Commands;

NativeRuntime.Tune();
var root = new RootCommand(
    "Trains a network that reads a handwritten digit and adds a number to it, checks it and exports it as model.onnx.");
TrainCommand.AddTo(root);
root.Subcommands.Add(ModelCommands.CreateImport());
root.Subcommands.Add(ModelCommands.CreateExport());
root.Subcommands.Add(LayersCommand.Create());
root.Subcommands.Add(SyntheticCommands.CreateSheet());
root.Subcommands.Add(SyntheticCommands.CreateSamples());
root.Subcommands.Add(DoctorCommand.Create());

ParseResult parsed = root.Parse(args);
if (parsed.Action is ParseErrorAction mistake)
{
    foreach (var error in parsed.Errors)
        Console.Error.WriteLine($"error: {error.Message} (--help lists the options)");
    return ExitCodes.Failed;
}

// Signals are handled by the commands, which leave their files in order first.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
