using System.CommandLine;
using MnistAdder.Commands;
using MnistAdder.Training.Devices;
using MnistAdder.TrainingHost.Commands;

return await CommandRunner.RunAsync(CreateCommands, args, TrainerErrors.Message, files: 192);

static RootCommand CreateCommands()
{
    NativeRuntime.Tune();
    var root = new RootCommand(
        "Trains a network that reads a handwritten digit and adds a number to it, checks it and exports it as model.onnx.");
    TrainCommand.AddTo(root);
    root.Subcommands.Add(ModelCommands.CreateImport());
    root.Subcommands.Add(ModelCommands.CreateExport());
    root.Subcommands.Add(QuantizeCommand.Create());
    root.Subcommands.Add(LayersCommand.Create());
    root.Subcommands.Add(SyntheticCommands.CreateSheet());
    root.Subcommands.Add(SyntheticCommands.CreateSamples());
    root.Subcommands.Add(TrainerDoctor.Create());
    return root;
}
