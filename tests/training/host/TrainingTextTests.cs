using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Fit;
using MnistAdder.TrainingHost.Terminal;

namespace MnistAdder.TrainingHost.Tests;

public sealed class TrainingTextTests
{
    private const int Columns = 80;

    private static readonly HeadScores s_usual = new(DigitLoss: 0.12344, SumLoss: 1.5, DigitAccuracy: 0.98764, SumAccuracy: 0.05);

    public static TheoryData<double, double, string> Extremes => new()
    {
        { 0, 1, "test" },
        { 2.3026, 0.1, "validation" },
        { 123.456, 1, "validation" },
        { 1e30, 0, "pictures-0123456789ab test" },
        { double.NaN, 0.5, "validation" },
        { double.PositiveInfinity, 1, "training" },
    };

    [Fact]
    public void An_epoch_is_a_line_of_training_and_a_line_of_what_it_is_judged_on() => Assert.Equal(
        [
            "epoch   7 train      digit  98.76% loss 0.1234 sum  05.00% loss 1.5000 12.3 s",
            "          validation digit  98.76% loss 0.1234 sum  05.00% loss 1.5000",
        ],
        TrainingText.Epoch(new EpochResult(7, s_usual, s_usual, 12.34, 4000, 0.01), "validation").Split(Environment.NewLine));

    [Theory]
    [MemberData(nameof(Extremes))]
    public void Every_line_of_an_epoch_fits_a_terminal(double loss, double accuracy, string judgedOn)
    {
        var scores = new HeadScores(loss, loss, accuracy, accuracy);
        string text = TrainingText.Epoch(new EpochResult(999, scores, scores, 999.9, 4000, 0.01), judgedOn);
        Assert.All(text.Split(Environment.NewLine), line => Assert.InRange(line.Length, 1, Columns));
    }

    [Theory]
    [InlineData(2.3026, 1)]
    [InlineData(123.456, 0.1)]
    [InlineData(double.PositiveInfinity, 1)]
    public void The_progress_of_an_epoch_fits_a_terminal_beside_its_bar(double loss, double accuracy)
    {
        var scores = new HeadScores(loss, loss, accuracy, accuracy);
        string text = TrainingText.Progress(new EpochProgress(1, 2, scores, 4000));
        const string rest = "epoch 999  ------------ 100% 00:00:00";
        Assert.InRange(text.Length + rest.Length, 1, Columns);
    }
}
