using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Synthetic;

namespace MnistAdder.Training.Tests.Data.Synthetic;

public sealed class SyntheticDigitsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void A_seed_gives_the_same_set_on_any_number_of_threads(int threads)
    {
        DigitSet one = Drawn.Digits(300, seed: 42, threads: 3);
        DigitSet other = Drawn.Digits(300, seed: 42, threads: threads);

        Assert.Equal(one.Labels.ToArray(), other.Labels.ToArray());
        Assert.Equal(one.Images.ToArray(), other.Images.ToArray());
    }

    [Fact]
    public void Another_seed_gives_other_labels_and_other_images()
    {
        DigitSet one = Drawn.Digits(200, seed: 1);
        DigitSet other = Drawn.Digits(200, seed: 2);

        Assert.NotEqual(one.Labels.ToArray(), other.Labels.ToArray());
        HashSet<string> seen = [.. Enumerable.Range(0, one.Count).Select(i => Convert.ToHexString(one.Image(i)))];
        Assert.Equal(one.Count, seen.Count);
        Assert.DoesNotContain(Enumerable.Range(0, other.Count), i => seen.Contains(Convert.ToHexString(other.Image(i))));
    }

    [Fact]
    public void Classes_are_balanced_and_shuffled()
    {
        DigitSet digits = Drawn.Digits(1003, seed: 5);

        int[] counts = [.. Enumerable.Range(0, 10).Select(digit => digits.Labels.Count(label => label == digit))];
        Assert.All(counts, count => Assert.InRange(count, 100, 101));

        // In random order a label equals its predecessor's successor one time in ten, in the order of drawing nearly always.
        int steps = Enumerable.Range(1, digits.Count - 1).Count(i => digits.Labels[i] == (digits.Labels[i - 1] + 1) % 10);
        Assert.InRange(steps, 50, 170);
    }

    [Fact]
    public void Ink_fits_the_box_and_its_mass_lies_in_the_middle()
    {
        DigitSet digits = Drawn.Digits(2000, seed: 3);
        for (int i = 0; i < digits.Count; i++)
        {
            Ink ink = Ink.Of(digits.Image(i));
            Assert.InRange(ink.Width, 1, MnistGeometry.Box);
            Assert.InRange(ink.Height, 1, MnistGeometry.Box);

            // The longer side fills the box, but for an edge so faint that the contrast removed it.
            Assert.InRange(Math.Max(ink.Width, ink.Height), MnistGeometry.Box - 2, MnistGeometry.Box);
            Assert.InRange(ink.CentreX, 12, 16);
            Assert.InRange(ink.CentreY, 12, 16);
        }
    }

    [Fact]
    public void Grey_levels_resemble_those_of_MNIST()
    {
        DigitSet digits = Drawn.Digits(3000, seed: 4);

        double mean = digits.Images.Average(level => level / 255.0);
        double deviation = Math.Sqrt(digits.Images.Average(level => Math.Pow((level / 255.0) - mean, 2)));
        Assert.InRange(mean, ModelContract.PixelMean - 0.01, ModelContract.PixelMean + 0.01);
        Assert.InRange(deviation, ModelContract.PixelStandardDeviation - 0.015, ModelContract.PixelStandardDeviation + 0.015);
    }

    [Fact]
    public void Every_digit_comes_in_visibly_different_forms()
    {
        DigitSet digits = Drawn.Digits(600, seed: 6);
        for (int digit = 0; digit < 10; digit++)
        {
            int[] members = [.. Enumerable.Range(0, digits.Count).Where(i => digits.Labels[i] == digit)];
            var distances = new List<double>();
            for (int i = 1; i < members.Length; i++)
                distances.Add(Distance(digits.Image(members[i - 1]), digits.Image(members[i])));

            // Root mean square over 784 pixels; two different classes are about 100 apart.
            Assert.True(distances.Average() > 40, $"Drawings of {digit} are only {distances.Average():0} grey levels apart.");
        }
    }

    [Fact]
    public void A_class_mean_recognises_most_drawings()
    {
        // The simplest classifier there is: were labels and strokes mixed up anywhere, it would fall to one in ten.
        DigitSet known = Drawn.Digits(2000, seed: 7);
        DigitSet unknown = Drawn.Digits(1000, seed: 8);
        var means = new float[10][];
        for (int digit = 0; digit < 10; digit++)
            means[digit] = Mean(known, digit);

        int right = 0;
        for (int i = 0; i < unknown.Count; i++)
        {
            byte[] image = unknown.Image(i).ToArray();
            int nearest = Enumerable.Range(0, 10).MinBy(digit => image.Zip(means[digit], (level, mean) => Math.Pow(level - mean, 2)).Sum());
            right += nearest == unknown.Labels[i] ? 1 : 0;
        }

        Assert.InRange(right / 1000.0, 0.65, 1);
    }

    [Fact]
    public void No_digits_at_all_are_an_empty_set() => Assert.Equal(0, Drawn.Digits(0, seed: 1).Count);

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(10, 0)]
    public void Counts_that_cannot_be_are_refused(int count, int threads) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Drawn.Digits(count, seed: 1, threads));

    [Fact]
    public void Progress_reaches_the_count_and_cancelling_stops()
    {
        var progress = new Highest();
        Drawn.Digits(1200, seed: 1, progress: progress);
        Assert.Equal(1200, progress.Value);

        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => SyntheticDigits.Draw(1200, seed: 1, cancellation: cancelled.Token));
    }

    private static double Distance(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += Math.Pow(a[i] - b[i], 2);
        return Math.Sqrt(sum / a.Length);
    }

    private static float[] Mean(DigitSet digits, int digit)
    {
        int[] members = [.. Enumerable.Range(0, digits.Count).Where(i => digits.Labels[i] == digit)];
        var mean = new float[MnistGeometry.PixelCount];
        foreach (int member in members)
        {
            for (int i = 0; i < mean.Length; i++)
                mean[i] += (float)digits.Image(member)[i] / members.Length;
        }

        return mean;
    }

    private sealed class Highest : IProgress<int>
    {
        private readonly Lock _gate = new();

        public int Value { get; private set; }

        public void Report(int value)
        {
            lock (_gate)
                Value = Math.Max(Value, value);
        }
    }

    private readonly record struct Ink(int Width, int Height, double CentreX, double CentreY)
    {
        public static Ink Of(ReadOnlySpan<byte> image)
        {
            int left = 28, right = -1, top = 28, bottom = -1;
            double mass = 0, x = 0, y = 0;
            for (int i = 0; i < image.Length; i++)
            {
                if (image[i] == 0)
                    continue;
                (int row, int column) = Math.DivRem(i, MnistGeometry.Side);
                (left, right) = (Math.Min(left, column), Math.Max(right, column));
                (top, bottom) = (Math.Min(top, row), Math.Max(bottom, row));
                mass += image[i];
                x += image[i] * (column + 0.5);
                y += image[i] * (row + 0.5);
            }

            return new Ink(right - left + 1, bottom - top + 1, x / mass, y / mass);
        }
    }
}
