using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxBatching.Rows;

namespace MnistAdder.OnnxBatching.Tensors;

/// <summary>An output that is a sequence of maps, as classifiers of scikit-learn have: one map for each row of a batch.</summary>
/// <typeparam name="TKey">What the maps map: Int64 or text.</typeparam>
/// <typeparam name="TValue">The values: numbers or texts.</typeparam>
internal sealed class MapOutputTensor<TKey, TValue>(string name, int capacity) : OutputTensor(name)
    where TKey : notnull
{
    private readonly IDictionary<TKey, TValue>[][] _rows = new IDictionary<TKey, TValue>[capacity][];

    /// <inheritdoc/>
    public override BlockColumn Column => new SequenceColumn(_rows);

    /// <inheritdoc/>
    public override OrtValue? CreateValue(int start, int count) => null;

    /// <inheritdoc/>
    public override void Take(OrtValue value, int start, int count)
    {
        var maps = new List<IDictionary<TKey, TValue>>();
        value.ProcessSequence((element, _) => maps.Add(Map(element)), OrtAllocator.DefaultInstance);
        if (maps.Count % count != 0)
            throw new RowsNotApartException($"the output '{Name}' has {maps.Count} maps for a batch of {count} rows");
        int length = maps.Count / count;
        for (int row = 0; row < count; row++)
            _rows[start + row] = [.. maps.Skip(row * length).Take(length)];
    }

    private static Dictionary<TKey, TValue> Map(OrtValue element)
    {
        var map = new Dictionary<TKey, TValue>();
        element.ProcessMap(
            (keys, values) =>
            {
                TKey[] all = Values<TKey>(keys);
                TValue[] belonging = Values<TValue>(values);
                for (int i = 0; i < all.Length; i++)
                    map.Add(all[i], belonging[i]);
            },
            OrtAllocator.DefaultInstance);
        return map;
    }

    private static T[] Values<T>(OrtValue tensor)
    {
        if (typeof(T) == typeof(string))
            return (T[])(object)tensor.GetStringTensorAsArray();
        if (typeof(T) == typeof(long))
            return (T[])(object)tensor.GetTensorDataAsSpan<long>().ToArray();
        if (typeof(T) == typeof(double))
            return (T[])(object)tensor.GetTensorDataAsSpan<double>().ToArray();
        return (T[])(object)tensor.GetTensorDataAsSpan<float>().ToArray();
    }

    private sealed class SequenceColumn(IDictionary<TKey, TValue>[][] rows) : BlockColumn<IEnumerable<IDictionary<TKey, TValue>>>
    {
        // A new list each time, as stock ML.NET gives: the receiver may keep it.
        public override void Get(int index, ref IEnumerable<IDictionary<TKey, TValue>> value) => value = [.. rows[index]];
    }
}
