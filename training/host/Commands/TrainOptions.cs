using System.CommandLine;
using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data.Sources;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Recipes;
using MnistAdder.TrainingHost.Terminal;
using static MnistAdder.Commands.CheckedOption;

namespace MnistAdder.TrainingHost.Commands;

/// <summary>The options of the training command and what each may be.</summary>
internal sealed class TrainOptions
{
    public const string DefaultOutput = "artifacts";

    public Option<string?> Data { get; } = Folder("--data", 
        "Folder of digits: MNIST's four IDX files, raw or .gz, or pictures in a folder for each digit, 0 to 9, or in such folders within train and test. "
        + "Without a test folder a tenth of each class is held out as test. (Also: the environment variable MNIST_DATA.)");

    public Option<string?> TestData { get; } = Folder("--test-data", "Judge on the test set of this folder, of IDX files or of pictures, instead of the dataset's own. Pictures without a test folder are one as a whole.");

    public Option<int?> Validation { get; } = Number<int>(
        "--validation", "Hold out the last N training images and judge on them instead of the test images: for choosing settings.", 1, int.MaxValue);

    public Option<DatasetChoice> Dataset { get; } = Choice<DatasetChoice>(
        "--dataset", "auto: --data, the cache, a download, else synthetic digits; mnist: never synthetic; synthetic: no network. [default: auto]");

    public Option<string?> RecipeName { get; } = Word(
        "--recipe",
        [.. Recipe.All.Select(recipe => recipe.Name)],
        $"{string.Join("; ", Recipe.All.Select(recipe => $"{recipe.Name}: {recipe.Summary}"))}. [default: {Recipe.All[0].Name}]");

    public Option<int?> Epochs { get; } = Number<int>("--epochs", ByRecipe("Times that every image is seen.", numbers => numbers.Epochs), 1, 10_000);

    public Option<int?> BatchSize { get; } = Number<int>("--batch-size", ByRecipe("Images per gradient step, halved once where memory runs out.", numbers => numbers.BatchSize), 2, 65_536);

    public Option<double?> LearningRate { get; } = Number<double>("--learning-rate", ByRecipe("Greatest step size of the recipe's schedule.", numbers => numbers.LearningRate), 1e-9, 100);

    public Option<double?> Momentum { get; } = Number<double>("--momentum", ByRecipe("Share of the last step kept (SGD), decay of the mean gradient (AdamW).", numbers => numbers.Momentum), 0, 0.999999);

    public Option<long?> Seed { get; } = Number<long>("--seed", "Seed of every random generator. [default: 1]", 0, long.MaxValue);

    public Option<DeviceChoice> Device { get; } = Choice<DeviceChoice>("--device", "auto: CUDA where it works, else the CPU. [default: auto]");

    public Option<int?> Threads { get; } = Number<int>("--threads", "Threads of the CPU. [default: all processors]", 1, 1024);

    public Option<int?> Limit { get; } = Number<int>("--limit", "Use only the first N training images, and at most N test images.", 2, int.MaxValue);

    public Option<string?> Output { get; } = Folder("--output", $"Folder for the model and everything else that the run leaves. [default: {DefaultOutput}]", "-o");

    public Option<bool> NoGallery { get; } = new("--no-gallery")
    {
        Description = "Leave the pictures of the worst mistakes out of the report and of --tensorboard: for reports that are published where the test images may not be.",
    };

    public Option<string?> TensorBoard { get; } = Folder(
        "--tensorboard",
        "Folder for TensorBoard's event files: losses, accuracies, learning rate, histograms of the weights, and the worst mistakes. One folder for each run.");

    public Option<bool> Resume { get; } = new("--resume")
    {
        Description = "Go on from the newest checkpoint in the output folder, with its recipe, numbers, seed and threads. Say again what data to use.",
    };

    public Option<int?> ResumeFrom { get; } = Number<int>(
        "--resume-from", "The same from the checkpoint of epoch N. The newest two are kept: for when the newest is damaged.", 0, 10_000);

    public Option<bool> Overwrite { get; } = new("--overwrite")
    {
        Description = "Replace what the output folder holds. Without it an unfinished run, or one of other settings, is left as it is and the command stops; "
            + "a finished run of the same settings is replaced in any case.",
    };

    public Option<int?> CheckpointEvery { get; } = Number<int>("--checkpoint-every", "Epochs between two checkpoints. [default: 1]", 1, 10_000);

    public Option<bool> Quiet { get; } = CheckedOption.Quiet("Print nothing but errors.");

    public Option<bool> Verbose { get; } = CheckedOption.Verbose("Print the stack of an error, why the CPU is used, and which pictures left doubts.");

    public void AddTo(Command command)
    {
        Option[] all =
        [
            Data, TestData, Validation, Dataset, RecipeName, Epochs, BatchSize, LearningRate, Momentum, Seed, Device, Threads, Limit, Output, NoGallery,
            TensorBoard, Resume, ResumeFrom, Overwrite, CheckpointEvery, Quiet, Verbose,
        ];
        foreach (Option option in all)
            command.Options.Add(option);
    }

    /// <summary>Refuses options that are fine alone and make no sense together.</summary>
    /// <exception cref="TrainingException">Names the two.</exception>
    public void RequireConsistency(ParseResult parsed)
    {
        if (parsed.GetValue(Validation) is not null && parsed.GetValue(TestData) is not null)
            throw new TrainingException("--validation and --test-data exclude each other: both say what to judge on.");
        if (parsed.GetValue(Dataset) == DatasetChoice.Synthetic && parsed.GetValue(Data) is not null)
            throw new TrainingException("--dataset synthetic draws its digits; it can't be used with --data.");
        if (Resumes(parsed) && parsed.GetValue(Overwrite))
            throw new TrainingException("--resume and --overwrite exclude each other: one keeps the run in the output folder, the other replaces it.");
    }

    /// <summary>Refuses a checkpoint's settings that no command line could have asked for: they take the place of options.</summary>
    /// <param name="earlier">The settings.</param>
    /// <param name="output">The folder of the run.</param>
    /// <exception cref="InvalidDataException">Names the first.</exception>
    public void RequirePossible(RunSettings earlier, string output)
    {
        HyperParameters numbers = earlier.HyperParameters;
        (Option Option, object Value)[] settings =
        [
            (RecipeName, earlier.Recipe), (Epochs, numbers.Epochs), (BatchSize, numbers.BatchSize), (LearningRate, numbers.LearningRate),
            (Momentum, numbers.Momentum), (Seed, earlier.Seed), (Threads, earlier.Threads),
        ];
        var command = new Command("settings");
        foreach ((Option option, _) in settings)
            command.Options.Add(option);
        ParseResult parsed = command.Parse([.. settings.Select(setting => string.Create(CultureInfo.InvariantCulture, $"{setting.Option.Name}={setting.Value}"))]);
        if (parsed.Errors is [{ } first, ..])
            throw new InvalidDataException($"The checkpoint in {output} is broken: its {first.Message}");
    }

    /// <summary>Whether a run is to be gone on with.</summary>
    public bool Resumes(ParseResult parsed) => parsed.GetValue(Resume) || parsed.GetValue(ResumeFrom) is not null;

    /// <summary>How much is told; <see cref="Quiet"/> and <see cref="Verbose"/> exclude each other.</summary>
    public Verbosity VerbosityOf(ParseResult parsed) =>
        parsed.GetValue(Quiet) ? Verbosity.Quiet : parsed.GetValue(Verbose) ? Verbosity.Verbose : Verbosity.Normal;

    private static string ByRecipe(string description, Func<HyperParameters, object> number) => string.Create(
        CultureInfo.InvariantCulture, $"{description} [default: {string.Join(", ", Recipe.All.Select(recipe => $"{number(recipe.Defaults)} ({recipe.Name})"))}]");
}
