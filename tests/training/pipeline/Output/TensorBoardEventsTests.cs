using MnistAdder.Serving;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Tests.Page;
using Tensorboard;

namespace MnistAdder.Training.Tests.Output;

[Collection(TorchGenerator.Tests)]
public sealed class TensorBoardEventsTests(ReportedRun run) : IClassFixture<ReportedRun>
{
    private readonly IReadOnlyList<Event> _events = EventFile.Read(run["events"]);

    [Fact]
    public void The_scalars_are_history_csv_with_the_epoch_as_step()
    {
        (string Tag, string Column)[] scalars =
        [
            ("loss/digit_training", "train_digit_loss"), ("loss/sum_training", "train_sum_loss"),
            ("accuracy/digit_training", "train_digit_accuracy"), ("accuracy/sum_training", "train_sum_accuracy"),
            ("loss/digit_test", "test_digit_loss"), ("loss/sum_test", "test_sum_loss"),
            ("accuracy/digit_test", "test_digit_accuracy"), ("accuracy/sum_test", "test_sum_accuracy"),
            ("learning_rate", "learning_rate"),
        ];
        Assert.Equal(3 * scalars.Length, Values().Count(one => one.Value.ValueCase == Summary.Types.Value.ValueOneofCase.SimpleValue));
        Assert.All(scalars, scalar => Assert.Equal(
            run.History.Select(row => ((long)row["epoch"], (float)row[scalar.Column])),
            Values().Where(one => one.Value.Tag == scalar.Tag).Select(one => (one.Step, one.Value.SimpleValue)),
            (expected, actual) => expected.Item1 == actual.Item1 && Math.Abs(expected.Item2 - actual.Item2) < 1e-6));
    }

    [Fact]
    public void Every_parameter_has_a_histogram_of_all_its_weights_after_each_epoch()
    {
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
        Assert.All(network.named_parameters(), parameter =>
        {
            (long Step, Summary.Types.Value Value)[] histograms = [.. Values().Where(one => one.Value.Tag == parameter.name)];
            Assert.Equal([1, 2, 3], histograms.Select(one => one.Step));
            Assert.All(histograms, one =>
            {
                Assert.Equal(parameter.parameter.numel(), one.Value.Histo.Num);
                Assert.Equal(parameter.parameter.numel(), one.Value.Histo.Bucket.Sum());
                Assert.InRange(one.Value.Histo.Min, -10, one.Value.Histo.Max);
            });
        });
    }

    [Fact]
    public void The_worst_mistakes_are_there_as_images_in_their_order()
    {
        Summary.Types.Value[] images = [.. Values().Where(one => one.Value.Image is not null).Select(one => one.Value)];
        Assert.Equal(run.Summary.Details.WorstMistakes.Count, images.Length);
        Assert.All(images.Zip(run.Summary.Details.WorstMistakes), pair =>
        {
            Assert.EndsWith($"_image_{pair.Second.Index}_expected_{pair.Second.Label}_seen_{pair.Second.Digit.Class}", pair.First.Tag, StringComparison.Ordinal);
            byte[] levels = new byte[MnistGeometry.PixelCount];
            Assert.True(new DigitImageDecoder(ImagePreparation.Raw).TryDecode(pair.First.Image.EncodedImageString.Span, levels, out _, out _));
            Assert.True(pair.Second.Image.Span.SequenceEqual(levels));
        });
    }

    [Fact]
    public void The_events_are_of_today_in_the_seconds_that_TensorBoard_expects() => Assert.All(
        _events.Where(one => one.Summary is not null),
        one => Assert.InRange(one.WallTime, DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.AddMinutes(3).ToUnixTimeSeconds()));

    [Fact]
    public void A_resumed_run_goes_on_in_the_same_folder_with_the_next_step()
    {
        using var tiny = new TinyRun();
        DigitSumTrainerOptions Change(DigitSumTrainerOptions options, int epochs, bool resume) => options with
        {
            TensorBoardFolder = tiny["events"], HyperParameters = options.HyperParameters! with { Epochs = epochs }, Resume = resume,
        };
        tiny.Fit(tiny.Trainer("run", options => Change(options, epochs: 1, resume: false)));
        tiny.Fit(tiny.Trainer("run", options => Change(options, epochs: 2, resume: true)));
        Assert.Equal([1, 2], EventFile.Read(tiny["events"]).Where(one => one.Summary?.Value.Any(value => value.Tag == "learning_rate") == true).Select(one => one.Step));
    }

    private IEnumerable<(long Step, Summary.Types.Value Value)> Values() =>
        _events.Where(one => one.Summary is not null).SelectMany(one => one.Summary.Value.Select(value => (one.Step, value)));
}
