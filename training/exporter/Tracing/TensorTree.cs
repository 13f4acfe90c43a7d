using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>The tensors in what a method takes or gives: alone, or in tuples, lists, arrays, dictionaries, indices and objects of the program's own.</summary>
internal static class TensorTree
{
    private static readonly FieldInfo s_indexTensor =
        typeof(TensorIndex).GetField("tensor", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)!;

    /// <summary>The tensors, in order, each as often as it is there.</summary>
    public static IEnumerable<Tensor> Leaves(object? value) => value switch
    {
        Tensor tensor => [tensor],
        null or string or nn.Module or Array { Length: 0 } => [],
        TensorIndex index => Leaves(TensorOf(index)),
        ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => Leaves(tuple[i])),
        IDictionary dictionary => dictionary.Values.Cast<object?>().SelectMany(Leaves),
        Array array when array.GetType().GetElementType() is { IsPrimitive: true } => [],
        IEnumerable many when IsCollection(many) => many.Cast<object?>().SelectMany(Leaves),
        _ => ObjectFields.Of(value).SelectMany(field => Leaves(field.Field.GetValue(value))),
    };

    /// <summary>The tensors that a call just gave, without what TorchSharp gives in place of one that wasn't computed.</summary>
    public static IEnumerable<Tensor> Results(object? value) => Leaves(value).Where(tensor => !tensor.IsInvalid);

    /// <summary>The tensor of an index, if it is one.</summary>
    public static Tensor? TensorOf(TensorIndex index) => (Tensor?)s_indexTensor.GetValue(index);

    /// <summary>The same with other tensors.</summary>
    /// <param name="value">What a method takes.</param>
    /// <param name="change">Gives for each tensor, or other value that isn't made of any, what is in its place.</param>
    public static object? Map(object? value, Func<object?, object?> change)
    {
        switch (value)
        {
            case TensorIndex index when TensorOf(index) is { } tensor:
                return TensorIndex.Tensor((Tensor)change(tensor)!);
            case Array { Rank: 1 } array:
            {
                var mapped = Array.CreateInstance(array.GetType().GetElementType()!, array.Length);
                for (int i = 0; i < mapped.Length; i++)
                    mapped.SetValue(Map(array.GetValue(i), change), i);
                return mapped;
            }

            case ITuple tuple and ValueType:
            {
                object boxed = RuntimeHelpers.GetUninitializedObject(tuple.GetType());
                foreach (FieldInfo field in boxed.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance))
                    field.SetValue(boxed, Map(field.GetValue(tuple), change));
                return boxed;
            }

            case IDictionary dictionary:
            {
                var mapped = (IDictionary)Activator.CreateInstance(dictionary.GetType())!;
                foreach (DictionaryEntry entry in dictionary)
                    mapped.Add(entry.Key, Map(entry.Value, change));
                return mapped;
            }

            case IList list when list.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(List<>):
            {
                var mapped = (IList)Activator.CreateInstance(type)!;
                foreach (object? item in list)
                    mapped.Add(Map(item, change));
                return mapped;
            }

            case IEnumerable<Tensor> tensors and not nn.Module:
                return tensors.Select(tensor => (Tensor)change(tensor)!).ToList();
            case not null when value is not Tensor && ObjectFields.Of(value).Count > 0:
                return ObjectFields.With(value, part => Map(part, change));
            default:
                return change(value);
        }
    }

    // What can be gone through again, unlike an iterator.
    private static bool IsCollection(IEnumerable value) => value is ICollection or IReadOnlyCollection<Tensor>;
}
