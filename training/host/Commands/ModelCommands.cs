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
        Option<string?> recipe = CheckedOption.Word(
            "--recipe", [.. Recipe.All.Select(known => known.Name)], "Whose network it is. [default: the one that the tensors' names and shapes fit]");
        var command = new Command("import", "Make model.onnx from weights that were trained elsewhere, in PyTorch for instance.") { file, recipe };
        AddWork(command, parsed => NetworkWeights.Load(
            parsed.GetRequiredValue(file), parsed.GetValue(recipe) is { } name ? Recipe.Named(name) : null));
        return command;
    }

    /// <summary>A checkpoint of this trainer.</summary>
    public static Command CreateExport()
    {
        var place = new Argument<string>("checkpoint") { Description = "A checkpoint's file, or the folder of a run, whose newest is taken." };
        var command = new Command("export", "Make model.onnx, or a file of weights, from a checkpoint.") { place };
        AddWork(command, parsed =>
        {
            string path = parsed.GetRequiredValue(place);
            Checkpoint checkpoint = Directory.Exists(path) ? Newest(path).Load() : Checkpoint.Read(path);
            if (checkpoint.History.Count == 0)
                throw new TrainingException($"The checkpoint in {path} is from before the first epoch: its network has learnt nothing. Train it with --resume first.");
            return (checkpoint.CreateNetwork(), ModelOrigin.Of(checkpoint.Settings, checkpoint.History.Count));
        });
        return command;
    }

    // The folder of a run, or that of its checkpoints.
    private static CheckpointFolder Newest(string path)
    {
        CheckpointFolder ofRun = new OutputFolder(path).Checkpoints, itself = new(path);
        return itself.Epochs.Count == 0 ? ofRun : itself;
    }

    private static void AddWork(Command command, Func<ParseResult, (DigitSumNetwork Network, ModelOrigin Origin)> load)
    {
        var common = new TrainOptions();
        Option<int?> limit = CheckedOption.Number<int>("--limit", $"Check and judge the model on the first N test images. [default: {JudgedByDefault}]", 2, int.MaxValue);
        var weights = new Option<string?>("--weights")
        {
            Description = $"Write the weights into this file, too, besides weights.safetensors ({NetworkWeights.Extensions}).",
            HelpName = "FILE",
        };
        foreach (Option option in (Option[])[common.Output, weights, common.Data, common.Dataset, limit, common.Threads, common.Quiet, common.Verbose])
            command.Options.Add(option);
        command.SetAction(async (parsed, stop) =>
        {
            common.RequireConsistency(parsed);
            set_num_threads(parsed.GetValue(common.Threads) ?? Environment.ProcessorCount);
            bool quiet = parsed.GetValue(common.Quiet);
            Action<string> note = quiet ? _ => { } : Console.WriteLine;

            (DigitSumNetwork network, ModelOrigin origin) = load(parsed);
            using (network)
            {
                note($"network  recipe {origin.Recipe}, {NumberText.Count(network.ParameterCount)} parameters, trained on {origin.Dataset}");
                if (parsed.GetValue(weights) is { } file)
                {
                    NetworkWeights.Save(file, network, origin);
                    note($"wrote    {file}");
                }

                DigitDataset dataset = await Datasets.LoadAsync(
                    parsed.GetValue(common.Dataset), parsed.GetValue(common.Data), parsed.GetValue(limit) ?? JudgedByDefault, quiet, stop);
                string folder = parsed.GetValue(common.Output) ?? TrainOptions.DefaultOutput;
                using var folderLock = FolderLock.Take(folder);
                var output = new OutputFolder(folder);
                string judgedOn = origin.Dataset == dataset.Name ? "test" : $"{dataset.Name} test";
                VerifiedModel model = ModelExport.Export(
                    new MLContext(), network, origin, dataset.Test.Take(parsed.GetValue(limit) ?? JudgedByDefault), judgedOn, CPU, stop);
                output.WriteModel(model, network, origin);
                note(TrainingText.Export(model.ExportSeconds, model.Verification));
                note(TrainingText.Accuracy(model.Metadata));
                note($"wrote    {output.ModelPath}, model.zip and weights.safetensors");
                if (output.HasReport)
                    note($"note     the report and the figures in {folder} are of the run that wrote them, not of this model");
            }
        });
    }
}
