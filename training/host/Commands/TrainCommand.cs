using System.CommandLine;
using Microsoft.ML;
using MnistAdder.Commands;
using MnistAdder.Training;
using MnistAdder.Training.Data;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Output;
using MnistAdder.Training.Recipes;
using MnistAdder.TrainingHost.Terminal;
using Spectre.Console;

namespace MnistAdder.TrainingHost.Commands;

/// <summary>The command without a name, which <c>train</c> is another name of: data → fit → export → report.</summary>
internal static class TrainCommand
{
    public static void AddTo(RootCommand root)
    {
        var options = new TrainOptions();
        var named = new Command("train", "The same as without a command.");
        root.Subcommands.Add(named);
        foreach (Command command in (Command[])[root, named])
        {
            options.AddTo(command);
            command.SetAction((parsed, stop) => RunAsync(options, parsed, stop));
        }
    }

    private static async Task RunAsync(TrainOptions options, ParseResult parsed, CancellationToken stop)
    {
        options.RequireConsistency(parsed);
        string output = parsed.GetValue(options.Output) ?? TrainOptions.DefaultOutput;
        int threads = parsed.GetValue(options.Threads) ?? ThisMachine.Processors;
        int? resumeFrom = parsed.GetValue(options.ResumeFrom);
        RunSettings? earlier = options.Resumes(parsed) ? new OutputFolder(output).Checkpoints.Load(resumeFrom).Settings : null;
        if (earlier is not null)
            options.RequirePossible(earlier, output);
        Recipe recipe = Recipe.Named(parsed.GetValue(options.RecipeName) ?? earlier?.Recipe ?? Recipe.All[0].Name);
        HyperParameters defaults = earlier?.HyperParameters ?? recipe.Defaults;
        Verbosity verbosity = options.VerbosityOf(parsed);
        ITrainingObserver observer = verbosity == Verbosity.Quiet ? SilentObserver.Instance
            : Console.IsOutputRedirected ? new PlainObserver(new TerminalWriter(Console.Out, dropsFailures: false))
            : new TerminalObserver(AnsiConsole.Console);
        using var terminal = observer as IDisposable;

        // A device that isn't there is said before anything is downloaded.
        DeviceChoice device = parsed.GetValue(options.Device);
        ComputeDevice opened = ComputeDevice.Open(device, threads);
        if (verbosity == Verbosity.Verbose && opened is { Fallback: { } reason, HasIdleGpu: false })
            observer.Note(reason);

        (string, string?)[] outputs = [(options.Output.Name, output), (options.TensorBoard.Name, parsed.GetValue(options.TensorBoard))];
        int limit = parsed.GetValue(options.Limit) ?? int.MaxValue;
        DigitDataset dataset = await Datasets.LoadAsync(parsed.GetValue(options.Dataset), parsed.GetValue(options.Data), limit, outputs, verbosity, stop);
        DigitDataset? other = parsed.GetValue(options.TestData) is { } testFolder
            ? await Datasets.LoadTestAsync(testFolder, options.TestData.Name, outputs, verbosity, stop)
            : null;
        JudgedImages judged = other is null ? JudgedImages.OwnTest(dataset) : JudgedImages.TestOf(other);
        observer.Note($"data     {dataset.Name}: {dataset.Source}");
        if (other is not null)
            observer.Note($"test     {other.Name}: {other.Source}");
        DigitSet training = dataset.Training.Take(limit);
        judged = judged.Take(limit);
        if (parsed.GetValue(options.Validation) is { } held)
            (training, judged) = JudgedImages.HoldOut(training, held);

        var ml = new MLContext();
        var trainer = new DigitSumTrainer(ml, new DigitSumTrainerOptions
        {
            Recipe = recipe,
            HyperParameters = new HyperParameters(
                parsed.GetValue(options.Epochs) ?? defaults.Epochs,
                parsed.GetValue(options.BatchSize) ?? defaults.BatchSize,
                parsed.GetValue(options.LearningRate) ?? defaults.LearningRate,
                parsed.GetValue(options.Momentum) ?? defaults.Momentum),
            Seed = parsed.GetValue(options.Seed) ?? earlier?.Seed ?? 1,
            Device = device,
            Threads = parsed.GetValue(options.Threads) ?? earlier?.Threads ?? threads,
            DatasetName = dataset.Name,
            TestSet = DigitColumns.ToDataView(ml, judged.Images),
            TestSetName = judged.Name,
            OutputFolder = output,
            TensorBoardFolder = parsed.GetValue(options.TensorBoard),
            ShowsGallery = !parsed.GetValue(options.NoGallery),
            Resume = earlier is not null,
            ResumeFrom = resumeFrom,
            Overwrite = parsed.GetValue(options.Overwrite),
            CheckpointEvery = parsed.GetValue(options.CheckpointEvery) ?? 1,
            Observer = observer,
            Cancellation = stop,
        });
        try
        {
            using var transformer = (IDisposable)trainer.Fit(DigitColumns.ToDataView(ml, training));
        }
        catch (OperationCanceledException)
        {
            string instead = parsed.GetValue(options.Overwrite) ? $" in place of {options.Overwrite.Name}" : resumeFrom is not null ? $" in place of {options.ResumeFrom.Name}" : "";
            observer.Note($"stopped; go on with the same command and {options.Resume.Name}{instead} (the checkpoint is in {output})");
            throw;
        }

        foreach (string line in TrainingText.Result(trainer.Summary!, output))
            observer.Note(line);
    }
}
