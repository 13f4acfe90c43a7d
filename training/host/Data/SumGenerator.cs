using static TorchSharp.torch;

namespace MnistAdder.Training.Data;

/// <summary>
/// The data generator: (image, label, random number 0…9, sum), a new number for every image and a new order in every epoch.
/// </summary>
/// <remarks>
/// The images stay on the device as bytes; a batch is gathered from them and normalised there. What an epoch holds depends on
/// the seed and the epoch alone, so that a resumed run goes on with the batches that an unbroken one would see.
/// </remarks>
public sealed class SumGenerator : IDisposable
{
    private readonly Tensor _images;  // uint8 [Count, 1, 28, 28]
    private readonly Tensor _labels;  // int64 [Count]
    private readonly long _seed;

    /// <summary>Puts a set onto a device.</summary>
    /// <param name="digits">At least one image.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="device">Where the batches are wanted.</param>
    public SumGenerator(DigitSet digits, long seed, Device device)
    {
        ArgumentNullException.ThrowIfNull(digits);
        ArgumentOutOfRangeException.ThrowIfLessThan(digits.Count, 1);
        (_images, _labels) = TorchDigits.ToDevice(digits, device);
        _seed = seed;
        Count = digits.Count;
    }

    /// <summary>Images in an epoch.</summary>
    public int Count { get; }

    /// <summary>An epoch's batches in its own random order, every image once; the last batch may be shorter.</summary>
    /// <param name="epoch">1 and up.</param>
    /// <param name="batchSize">Images in a batch, at least 1.</param>
    /// <returns>Batches on the device; their tensors belong to the dispose scope around each step.</returns>
    public IEnumerable<SumBatch> Epoch(int epoch, int batchSize)
    {
        long[] order = new long[Count];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        new SeededRandom(_seed, RandomStreams.Order, epoch).Shuffle<long>(order);

        var addends = new SeededRandom(_seed, RandomStreams.Addends, epoch);
        long[] numbers = new long[Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = addends.NextInt(ModelContract.DigitClasses);

        using Tensor orderOnDevice = tensor(order, device: _images.device).DetachFromDisposeScope();
        using Tensor numbersOnDevice = tensor(numbers, device: _images.device).DetachFromDisposeScope();
        for (int start = 0; start < Count; start += batchSize)
        {
            int length = Math.Min(batchSize, Count - start);
            Tensor rows = orderOnDevice.narrow(0, start, length);
            Tensor images = TorchDigits.Normalize(_images.index_select(0, rows));
            Tensor labels = _labels.index_select(0, rows);
            Tensor chosen = numbersOnDevice.narrow(0, start, length);
            yield return new SumBatch(images, labels, chosen, labels.add(chosen));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _images.Dispose();
        _labels.Dispose();
    }
}

/// <summary>One batch for the network.</summary>
/// <param name="Images">Normalised, float [N, 1, 28, 28].</param>
/// <param name="Labels">Digits 0…9, int64 [N].</param>
/// <param name="Numbers">Numbers to add 0…9, int64 [N].</param>
/// <param name="Sums">0…18, int64 [N].</param>
public sealed record SumBatch(Tensor Images, Tensor Labels, Tensor Numbers, Tensor Sums)
{
    /// <summary>The numbers as the network takes them, float [N, 10].</summary>
    public Tensor OneHotNumbers() => TorchDigits.OneHot(Numbers, ModelContract.DigitClasses);

    /// <summary>The sums as one-hot rows, float [N, 19].</summary>
    public Tensor OneHotSums() => TorchDigits.OneHot(Sums, ModelContract.SumClasses);
}
