using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Synthetic;
using MnistAdder.Training.Recipes;
using MnistAdder.TrainingHost.Commands;

namespace MnistAdder.TrainingHost.Tests;

public sealed class JudgedImagesTests
{
    private static readonly DigitSet s_digits = SyntheticDigits.Draw(10, seed: 1);

    [Fact]
    public void A_model_that_is_judged_on_another_dataset_says_which_one_was_its_runs()
    {
        RunSettings run = new("seed", "pictures-0123456789ab", 90, "test", 10, Recipe.Seed.Method, Recipe.Seed.Defaults, 1, "cpu", 1);
        DigitDataset own = new(run.Dataset, "", s_digits, s_digits), other = own with { Name = "synthetic" };

        Assert.Null(JudgedImages.Of(run, own).DifferenceTo(run, own));
        Assert.Equal("the run was judged on 10 test images, this model on 5 test images", JudgedImages.Of(run, own).Take(5).DifferenceTo(run, own));
        Assert.Equal(
            "the run was judged on 10 test images, this model on 10 synthetic test images; --data or --dataset names the run's own, pictures-0123456789ab",
            JudgedImages.Of(run, other).DifferenceTo(run, other));
    }

    [Fact]
    public void As_many_images_are_needed_as_there_can_be_where_a_checkpoint_asks_for_more()
    {
        RunSettings run = new("seed", "mnist", int.MaxValue, "validation", int.MaxValue, Recipe.Seed.Method, Recipe.Seed.Defaults, 1, "cpu", 1);
        Assert.Equal(int.MaxValue, JudgedImages.Needed(run));
    }
}
