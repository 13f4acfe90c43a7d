using MnistAdder.Training.Base;
using static TorchSharp.torch;

namespace MnistAdder.Training.Data;

/// <summary>
/// The data generator: (image, label, random number 0…9, sum), a new number for every image and a new order in every epoch.
/// </summary>
/// <remarks>
/// The images stay on the device as bytes, and batches are gathered from them there. What an epoch holds depends on the seed and the
/// epoch alone, so that a resumed run goes on with the batches that an unbroken one would see.
/// </remarks>
internal sealed class SumGenerator : IDisposable
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
        ArgumentOutOfRangeException.ThrowIfLessThan(digits.Count, 1);
        (_images, _labels) = TorchDigits.ToDevice(digits, device);
        _seed = seed;
        Device = device;
        Count = digits.Count;
    }

    /// <summary>Where the batches are.</summary>
    public Device Device { get; }

    /// <summary>Images in an epoch.</summary>
    public int Count { get; }

    /// <summary>Begins an epoch: draws its order and its numbers.</summary>
    /// <param name="epoch">1 and up.</param>
    /// <param name="batchSize">Images in a batch, at least 2.</param>
    /// <returns>The caller's; not to be used after this generator's end.</returns>
    public SumEpoch Begin(int epoch, int batchSize)
    {
        long[] order = new long[Count];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        new SeededRandom(_seed, RandomStreams.Order, epoch).Shuffle<long>(order);

        var addends = new SeededRandom(_seed, RandomStreams.Addends, epoch);
        long[] numbers = new long[Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = addends.NextInt(ModelContract.DigitClasses);
        return new SumEpoch(_images, _labels, order, numbers, batchSize);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _images.Dispose();
        _labels.Dispose();
    }
}

/// <summary>
/// An epoch's batches, every image once. The last one may be shorter, or longer by the one image that would be left over: batch
/// normalisation can't do with one.
/// </summary>
internal sealed class SumEpoch : IDisposable
{
    private readonly Tensor _images;
    private readonly Tensor _labels;
    private readonly Tensor _order;    // int64 [images]
    private readonly Tensor _numbers;  // int64 [images]
    private readonly int _batchSize;

    internal SumEpoch(Tensor images, Tensor labels, long[] order, long[] numbers, int batchSize)
    {
        _images = images;
        _labels = labels;
        _batchSize = batchSize;
        _order = tensor(order, device: images.device).DetachFromDisposeScope();
        _numbers = tensor(numbers, device: images.device).DetachFromDisposeScope();
        Count = (order.Length / batchSize) + (order.Length % batchSize > 1 || order.Length < batchSize ? 1 : 0);
    }

    /// <summary>Number of batches.</summary>
    public int Count { get; }

    /// <summary>Gathers a batch, with the images as they are.</summary>
    /// <param name="index">0…<see cref="Count"/>−1.</param>
    /// <returns>On the device; its tensors belong to the dispose scope around the step.</returns>
    public SumBatch Draw(int index)
    {
        long start = (long)index * _batchSize, length = index == Count - 1 ? _order.shape[0] - start : _batchSize;
        Tensor rows = _order.narrow(0, start, length), numbers = _numbers.narrow(0, start, length);
        Tensor labels = _labels.index_select(0, rows);
        return new SumBatch(_images.index_select(0, rows), labels, numbers, labels.add(numbers));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _order.Dispose();
        _numbers.Dispose();
    }
}

/// <summary>One batch.</summary>
/// <param name="Images">As drawn, grey levels uint8 [N, 1, 28, 28]; for the network, normalised float [N, variants, 28, 28], of which it takes one variant.</param>
/// <param name="Labels">Digits 0…9, int64 [N].</param>
/// <param name="Numbers">Numbers to add 0…9, int64 [N].</param>
/// <param name="Sums">0…18, int64 [N].</param>
internal sealed record SumBatch(Tensor Images, Tensor Labels, Tensor Numbers, Tensor Sums)
{
    /// <summary>The numbers as the network takes them, float [N, 10].</summary>
    public Tensor OneHotNumbers() => TorchDigits.OneHot(Numbers, ModelContract.DigitClasses);

    /// <summary>Some consecutive rows, in tensors that share this batch's memory.</summary>
    /// <param name="from">The first.</param>
    /// <param name="to">The one after the last.</param>
    public SumBatch Rows(int from, int to)
    {
        return new SumBatch(Part(Images), Part(Labels), Part(Numbers), Part(Sums));

        Tensor Part(Tensor whole) => whole.narrow(0, from, to - from);
    }
}
