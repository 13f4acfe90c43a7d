using System.CommandLine;
using System.Globalization;
using MnistAdder.Training.Data;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Fit;

namespace MnistAdder.Training.Cli;

/// <summary>The options of the training command and what each may be.</summary>
internal sealed class TrainOptions
{
    public Option<string?> Data { get; } = new("--data")
    {
        Description = "Folder of the four IDX files, raw or .gz (also: the environment variable MNIST_DATA).",
        HelpName = "DIR",
    };

    public Option<DatasetChoice> Dataset { get; } = Choice(
        "--dataset", DatasetChoice.Auto, "auto: --data, the cache, a download, else synthetic digits; mnist: never synthetic; synthetic: no network.");

    public Option<string?> RecipeName { get; } = new Option<string?>("--recipe")
    {
        Description = $"{string.Join("; ", Recipe.All.Select(recipe => $"{recipe.Name}: {recipe.Summary}"))}. [default: {Recipe.All[0].Name}]",
        HelpName = string.Join('|', Recipe.All.Select(recipe => recipe.Name)),
    }.AcceptOnlyFromAmong([.. Recipe.All.Select(recipe => recipe.Name)]);

    public Option<int?> Epochs { get; } = Number<int>("--epochs", "Times that every image is seen.", 1, 10_000);

    public Option<int?> BatchSize { get; } = Number<int>("--batch-size", "Images per gradient step.", 2, 65_536);

    public Option<double?> LearningRate { get; } = Number<double>("--learning-rate", "Step size of SGD.", 1e-9, 100);

    public Option<double?> Momentum { get; } = Number<double>("--momentum", "Share of the last step kept.", 0, 0.999999);

    public Option<long?> Seed { get; } = Number<long>("--seed", "Seed of every random generator. [default: 1]", 0, long.MaxValue);

    public Option<DeviceChoice> Device { get; } = Choice("--device", DeviceChoice.Auto, "auto: CUDA where it works, else the CPU.");

    public Option<int?> Threads { get; } = Number<int>("--threads", "Threads of the CPU. [default: all processors]", 1, 1024);

    public Option<int?> Limit { get; } = Number<int>("--limit", "Use only the first N training images, and at most N test images.", 2, int.MaxValue);

    public Option<string> Output { get; } = new("--output", "-o")
    {
        Description = "Folder for the model and everything else that the run leaves.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "artifacts",
    };

    public Option<bool> Resume { get; } = new("--resume")
    {
        Description = "Go on from the checkpoint in the output folder, with its settings.",
    };

    public Option<int?> CheckpointEvery { get; } = Number<int>("--checkpoint-every", "Epochs between two checkpoints. [default: 1]", 1, 10_000);

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Print nothing but errors." };

    public Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "Print the stack of an error, and more about the run." };

    public void AddTo(Command command)
    {
        Option[] all =
        [
            Data, Dataset, RecipeName, Epochs, BatchSize, LearningRate, Momentum, Seed, Device, Threads, Limit, Output, Resume,
            CheckpointEvery, Quiet, Verbose,
        ];
        foreach (Option option in all)
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Quiet) && result.GetValue(Verbose))
                result.AddError("--quiet and --verbose exclude each other.");
            if (result.GetValue(Dataset) == DatasetChoice.Synthetic && result.GetValue(Data) is not null)
                result.AddError("--dataset synthetic draws its digits; it can't be used with --data.");
        });
    }

    private static Option<T> Choice<T>(string name, T byDefault, string description)
        where T : struct, Enum
    {
        string[] words = [.. Enum.GetNames<T>().Select(word => word.ToLowerInvariant())];
        return new Option<T>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            DefaultValueFactory = _ => byDefault,
            CustomParser = result =>
            {
                string word = result.Tokens[0].Value;
                if (words.Contains(word))
                    return Enum.Parse<T>(word, ignoreCase: true);
                result.AddError($"{name} is '{word}'; it must be {string.Join(", ", words[..^1])} or {words[^1]}.");
                return default;
            },
        };
    }

    private static Option<T?> Number<T>(string name, string description, T least, T most)
        where T : struct, IParsable<T>, IComparable<T>
    {
        return new Option<T?>(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (T.TryParse(text, CultureInfo.InvariantCulture, out T value) && value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0)
                    return value;
                string kind = typeof(T) == typeof(double) ? "a number" : "a whole number";
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}'; it must be {kind} from {least} to {most}."));
                return null;
            },
        };
    }
}
