using System.CommandLine;
using Microsoft.ML;
using MnistAdder.Commands;
using MnistAdder.Training.Base;
using MnistAdder.Training.Checkpoints;
using MnistAdder.Training.Data;
using MnistAdder.Training.Export;
using MnistAdder.Training.Network;
using MnistAdder.Training.Output;
using MnistAdder.Training.Page.Plots;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Weights;
using MnistAdder.TrainingHost.Terminal;
using static TorchSharp.torch;

namespace MnistAdder.TrainingHost.Commands;

/// <summary><c>import</c> and <c>export</c>: a model from weights that are there already, checked as a trained one is.</summary>
internal static class ModelCommands
{
    private const int JudgedByDefault = 10_000;

    /// <summary>Weights from elsewhere, PyTorch above all.</summary>
    public static Command CreateImport()
    {
        var file = new Argument<string>("weights") { Description = $"The weights of a recipe's network, under PyTorch's names ({NetworkWeights.Extensions})." };
        file.Validators.Add(Suggestions.RefuseOptions);
        Option<string?> recipe = CheckedOption.Word(
            "--recipe", [.. Recipe.All.Select(known => known.Name)], "Whose network it is. [default: the one that the tensors' names and shapes fit]");
        var command = new Command("import", "Make model.onnx from weights that were trained elsewhere, in PyTorch for instance.") { file, recipe };
        AddWork(command, parsed =>
        {
            (DigitSumNetwork network, ModelOrigin origin) = NetworkWeights.Load(
                parsed.GetRequiredValue(file), parsed.GetValue(recipe) is { } name ? Recipe.Named(name) : null);
            return new Source(network, origin, Run: null);
        });
        return command;
    }

    /// <summary>A checkpoint of this trainer.</summary>
    public static Command CreateExport()
    {
        var place = new Argument<string>("checkpoint") { Description = "A checkpoint's file, or the folder of a run, whose newest is taken." };
        place.Validators.Add(Suggestions.RefuseOptions);
        var command = new Command("export", "Make model.onnx, or a file of weights, from a checkpoint.") { place };
        AddWork(command, parsed =>
        {
            string path = parsed.GetRequiredValue(place);
            Checkpoint checkpoint = Directory.Exists(path) ? Newest(path).Load(advice: CheckpointAdvice.Exporting) : Checkpoint.Read(path);
            if (checkpoint.History.Count == 0)
                throw new TrainingException($"The checkpoint in {path} is from before the first epoch: its network has learnt nothing. Train it with --resume first.");
            return new Source(checkpoint.CreateNetwork(), ModelOrigin.Of(checkpoint.Settings, checkpoint.History.Count), checkpoint.Settings);
        });
        return command;
    }

    // The folder of a run, or that of its checkpoints.
    private static CheckpointFolder Newest(string path)
    {
        CheckpointFolder ofRun = new OutputFolder(path).Checkpoints, itself = new(path);
        return itself.Epochs.Count == 0 ? ofRun : itself;
    }

    private static void AddWork(Command command, Func<ParseResult, Source> load)
    {
        var common = new TrainOptions();
        Option<int?> limit = CheckedOption.Number<int>(
            "--limit", $"Check and judge the model on the first N images. [default: as many as its run was judged on, or {JudgedByDefault}]", 2, int.MaxValue);
        var weights = new Option<string?>("--weights")
        {
            Description = $"Write the weights into this file, too, besides weights.safetensors ({NetworkWeights.Extensions}).",
            HelpName = "FILE",
        };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace another model that the output folder holds. Without it the command stops there." };
        foreach (Option option in (Option[])[common.Output, weights, common.Data, common.Dataset, limit, overwrite, common.Threads, common.Quiet, common.Verbose])
            command.Options.Add(option);
        command.SetAction(async (parsed, stop) =>
        {
            common.RequireConsistency(parsed);
            set_num_threads(parsed.GetValue(common.Threads) ?? ThisMachine.Processors);
            Verbosity verbosity = common.VerbosityOf(parsed);
            Action<string> note = verbosity == Verbosity.Quiet ? _ => { } : line => Console.WriteLine(TerminalText.OneLine(line));

            Source source = load(parsed);
            using DigitSumNetwork network = source.Network;
            note($"network  recipe {source.Origin.Recipe}, {NumberText.Count(network.ParameterCount)} parameters, trained on {source.Origin.Dataset}");
            string folder = parsed.GetValue(common.Output) ?? TrainOptions.DefaultOutput;
            var output = new OutputFolder(folder);
            if (!parsed.GetValue(overwrite) && output.HasModel && !output.HoldsModel(TorchTensors.FromTorch(network.state_dict())))
                throw new TrainingException($"{folder} holds another model: {overwrite.Name} replaces it, and {common.Output.Name} names a fresh folder.");
            if (parsed.GetValue(weights) is { } file)
            {
                AtomicFile.RemoveAbandoned(file);
                NetworkWeights.Save(file, network, source.Origin);
                note($"wrote    {file}");
            }

            int most = parsed.GetValue(limit) ?? JudgedByDefault;
            DigitDataset dataset = await Datasets.LoadAsync(
                parsed.GetValue(common.Dataset), parsed.GetValue(common.Data), source.Run is null ? most : JudgedImages.Needed(source.Run), [(common.Output.Name, folder)], verbosity, stop);
            JudgedImages judged = source.Run is null ? JudgedImages.OwnOrOther(source.Origin.Dataset, dataset).Take(most) : JudgedImages.Of(source.Run, dataset);
            if (parsed.GetValue(limit) is { } asked)
                judged = judged.Take(asked);

            using var folderLock = FolderLock.Take(folder);
            output.RemoveAbandoned();
            VerifiedModel model = ModelExport.Export(new MLContext(), network, source.Origin, judged.Images, judged.Name, CPU, stop);
            output.WriteModel(model, network, source.Origin);
            note(TrainingText.Export(model.ExportSeconds, model.Verification));
            note(TrainingText.Accuracy(model.Metadata));
            if (source.Run is not null && judged.DifferenceTo(source.Run, dataset) is { } difference)
                note($"note     {difference}");
            note($"wrote    {output.ModelPath}, model.zip and weights.safetensors");
            if (output.HasReport)
                note($"note     the report and the figures in {folder} are of the run that wrote them, not of this model");
        });
    }

    // What a model is made of, with the settings of its run where they are known.
    private sealed record Source(DigitSumNetwork Network, ModelOrigin Origin, RunSettings? Run);
}
