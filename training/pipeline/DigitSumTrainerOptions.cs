using Microsoft.ML;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Recipes;

namespace MnistAdder.Training;

/// <summary>What <see cref="DigitSumTrainer"/> does and where it leaves it.</summary>
public sealed record DigitSumTrainerOptions
{
    /// <summary>Network and training method.</summary>
    public Recipe Recipe { get; init; } = Recipe.All[0];

    /// <summary>The numbers that steer training; the recipe's own where unset.</summary>
    public HyperParameters? HyperParameters { get; init; }

    /// <summary>Seed of every random generator.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The device to train on.</summary>
    public DeviceChoice Device { get; init; } = DeviceChoice.Auto;

    /// <summary>Threads of the CPU, at least 1.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The dataset's name in the model's metadata.</summary>
    public required string DatasetName { get; init; }

    /// <summary>Rows that the network is judged on after every epoch; nothing is chosen by them.</summary>
    public IDataView? TestSet { get; init; }

    /// <summary>
    /// What the model's metadata and the report call those rows: <c>test</c>, <c>validation</c> where they are held out of the training
    /// images, or another test set's name.
    /// </summary>
    public string TestSetName { get; init; } = "test";

    /// <summary>Folder for the model, the checkpoint and everything else that a run leaves.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Whether the report shows the images that were answered worst; without them it lists their numbers only.</summary>
    public bool ShowsGallery { get; init; } = true;

    /// <summary>Folder for TensorBoard's event files; none are written where it is unset.</summary>
    public string? TensorBoardFolder { get; init; }

    /// <summary>Whether to go on from the output folder's newest checkpoint.</summary>
    public bool Resume { get; init; }

    /// <summary>
    /// The epoch whose checkpoint <see cref="Resume"/> goes on from instead, 0 and up: the newest two are kept, and the newest may be
    /// damaged.
    /// </summary>
    public int? ResumeFrom { get; init; }

    /// <summary>
    /// Whether to begin anew in a folder that holds an unfinished run, or another's results, and replace them. Without it only a finished
    /// run of the same settings is replaced.
    /// </summary>
    public bool Overwrite { get; init; }

    /// <summary>Epochs between two checkpoints, at least 1.</summary>
    public int CheckpointEvery { get; init; } = 1;

    /// <summary>Who watches.</summary>
    public ITrainingObserver Observer { get; init; } = SilentObserver.Instance;

    /// <summary>Stops the run between two steps; the checkpoint of the last whole epoch is kept.</summary>
    public CancellationToken Cancellation { get; init; }
}
