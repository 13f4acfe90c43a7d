using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Page.Plots;
using MnistAdder.Training.Recipes;

namespace MnistAdder.TrainingHost.Commands;

/// <summary>What a model is judged on: images, and what the metadata call them.</summary>
internal sealed record JudgedImages(DigitSet Images, string Name)
{
    private const string Test = "test", Validation = "validation";

    /// <summary>A dataset's test images, for a model that was trained on this dataset or on another.</summary>
    public static JudgedImages OwnOrOther(string trainedOn, DigitDataset dataset) => trainedOn == dataset.Name ? OwnTest(dataset) : TestOf(dataset);

    /// <summary>The dataset's own test images.</summary>
    public static JudgedImages OwnTest(DigitDataset dataset) => new(dataset.Test, Test);

    /// <summary>Another dataset's test images.</summary>
    public static JudgedImages TestOf(DigitDataset other) => new(other.Test, $"{other.Name} test");

    /// <summary>The last training images, which the first are then left without.</summary>
    /// <param name="training">The training images.</param>
    /// <param name="count">How many to hold out.</param>
    /// <exception cref="TrainingException">Fewer than two would be left.</exception>
    public static (DigitSet Training, JudgedImages Judged) HoldOut(DigitSet training, int count)
    {
        int kept = training.Count - count;
        return kept >= 2
            ? (training.Take(kept), new JudgedImages(training.Skip(kept), Validation))
            : throw new TrainingException($"--validation is {count}, and there are {training.Count} training images; at least two have to be left.");
    }

    /// <summary>
    /// How many images of a dataset are needed to judge a model again on what its run was judged on, and no more: of synthetic digits
    /// another number is another set.
    /// </summary>
    public static int Needed(RunSettings run) => run.JudgedOn == Validation ? (int)Math.Min((long)run.TrainingImages + run.JudgedImages, int.MaxValue) : run.JudgedImages;

    /// <summary>What a run was judged on, out of a dataset; another dataset's test images where it isn't in there.</summary>
    public static JudgedImages Of(RunSettings run, DigitDataset dataset)
    {
        JudgedImages test = OwnOrOther(run.Dataset, dataset);
        bool isHeldOut = run.Dataset == dataset.Name && run.JudgedOn == Validation && dataset.Training.Count >= Needed(run);
        return (isHeldOut ? new JudgedImages(dataset.Training.Skip(run.TrainingImages), Validation) : test).Take(run.JudgedImages);
    }

    /// <summary>The first of the images.</summary>
    public JudgedImages Take(int count) => this with { Images = Images.Take(count) };

    /// <summary>What people have to know where a run was judged on other images than these; null where it was on these.</summary>
    /// <param name="run">The run's settings.</param>
    /// <param name="dataset">Where these come from.</param>
    public string? DifferenceTo(RunSettings run, DigitDataset dataset) => run.JudgedOn == Name && run.JudgedImages == Images.Count
        ? null
        : $"the run was judged on {NumberText.Count(run.JudgedImages)} {run.JudgedOn} images, this model on {NumberText.Count(Images.Count)} {Name} images"
            + (run.Dataset == dataset.Name ? "" : $"; --data or --dataset names the run's own, {run.Dataset}");
}
